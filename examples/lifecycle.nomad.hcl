# Tasks around a main task: one that must end before it starts, a sidecar that runs beside it, and one that runs after it.
# They share the allocation's directory.
job "lifecycle" {
  type = "batch"

  group "work" {
    task "prepare" {
      driver = "raw_exec"

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "echo 6 7 > \"$NOMAD_ALLOC_DIR/data/numbers\""]
      }
    }

    task "watch" {
      driver = "raw_exec"

      lifecycle {
        hook    = "prestart"
        sidecar = true
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do echo watching; sleep 1; done"]
      }
    }

    task "multiply" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "read a b < \"$NOMAD_ALLOC_DIR/data/numbers\"; echo $((a*b)) | tee \"$NOMAD_ALLOC_DIR/data/product\""]
      }
    }

    task "report" {
      driver = "raw_exec"

      lifecycle {
        hook = "poststop"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "echo the product is $(cat \"$NOMAD_ALLOC_DIR/data/product\")"]
      }
    }
  }
}
