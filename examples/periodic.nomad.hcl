# A job that starts by the clock: every quarter of an hour on working days, Berlin time. Each launch is a job of its own,
# `quarterly/periodic-<seconds>`; while one still runs, the next is left out. Try
#   drover job status quarterly
job "quarterly" {
  type = "batch"

  periodic {
    crons            = ["*/15 * * * 1-5"]
    time_zone        = "Europe/Berlin"
    prohibit_overlap = true
  }

  group "report" {
    task "time" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo $NOMAD_JOB_NAME started at $(date)"]
      }

      resources {
        cpu    = 20
        memory = 10
      }
    }
  }
}
