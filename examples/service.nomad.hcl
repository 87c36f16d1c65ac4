# A service of two instances, each with a port of its own. Every instance learns its port from the environment. When a
# task ends, the restart block says how often and how soon it is started again.
job "counter" {
  type = "service"

  meta {
    owner = "examples"
  }

  group "workers" {
    count = 2

    network {
      port "http" {}
    }

    restart {
      attempts = 3
      interval = "10m"
      delay    = "5s"
      mode     = "fail"
    }

    task "tick" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "n=0; while true; do n=$((n+1)); echo \"$n on port $NOMAD_PORT_http\"; sleep 1; done"]
      }

      resources {
        cpu    = 50
        memory = 16
      }
    }
  }
}
