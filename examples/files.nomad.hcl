# Files that a task finds when it starts. The text of a template block is written into the task's directory; what the
# job file computes, as the list of ports here, is already in it. The logs block says how much output is kept.
variable "ports" {
  type    = list(number)
  default = [8080, 8081]
}

job "files" {
  type = "batch"

  group "work" {
    task "read" {
      driver = "raw_exec"

      template {
        destination = "local/ports.conf"
        perms       = "0600"
        data        = join("\n", [for port in var.ports : "listen ${port}"])
      }

      config {
        command = "/bin/cat"
        args    = ["local/ports.conf"]
      }

      logs {
        max_files     = 2
        max_file_size = 1
      }

      resources {
        cpu    = 20
        memory = 10
      }
    }
  }
}
