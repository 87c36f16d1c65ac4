# How a new version takes the place of the old one: one instance after the other, each healthy for a second before the next
# one goes. If the new version does not become healthy, the last good one comes back. Run it, change VERSION, then try
#   drover job plan examples/update.nomad.hcl
#   drover job run examples/update.nomad.hcl
#   drover job history -p rolling
job "rolling" {
  update {
    max_parallel      = 1
    health_check      = "task_states"
    min_healthy_time  = "1s"
    healthy_deadline  = "30s"
    progress_deadline = "2m"
    auto_revert       = true
  }

  group "workers" {
    count = 3

    task "work" {
      driver = "raw_exec"

      env {
        VERSION = "1"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do echo version $VERSION works; sleep 1; done"]
      }

      # Between the signal to end and the end by force.
      kill_timeout = "2s"

      resources {
        cpu    = 20
        memory = 10
      }
    }
  }
}
