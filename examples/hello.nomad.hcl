# The smallest job: one task that says hello and ends.
job "hello" {
  type = "batch"

  group "greeting" {
    task "echo" {
      driver = "raw_exec"

      config {
        command = "/bin/echo"
        args    = ["Hello from ${NOMAD_TASK_NAME} in ${NOMAD_JOB_NAME}, allocation ${NOMAD_ALLOC_ID}"]
      }

      resources {
        cpu    = 50
        memory = 16
      }
    }
  }
}
