# What happens when a task fails. Here it fails once and is started again on its node, as the restart block allows. When
# those attempts are used up, the reschedule block says whether another node may try.
job "retry" {
  type = "batch"

  group "work" {
    restart {
      attempts = 2
      interval = "1m"
      delay    = "1s"
      mode     = "fail"
    }

    reschedule {
      attempts       = 3
      interval       = "1h"
      delay          = "5s"
      delay_function = "exponential"
      max_delay      = "1m"
      unlimited      = false
    }

    task "second-time-lucky" {
      driver = "raw_exec"

      # The directory of the task outlives its restarts.
      config {
        command = "/bin/sh"
        args    = ["-c", "cd \"$NOMAD_TASK_DIR\"; test -e seen && echo this time it works && exit 0; touch seen; exit 1"]
      }

      resources {
        cpu    = 20
        memory = 10
      }
    }
  }
}
