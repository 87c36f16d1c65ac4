# Blocks made by a loop: a dynamic block makes one group for each entry of a map.
locals {
  stages = {
    build = 1
    test  = 3
  }
}

job "pipeline" {
  type = "batch"

  dynamic "group" {
    for_each = local.stages
    labels   = [group.key]

    content {
      count = group.value

      task "step" {
        driver = "raw_exec"

        config {
          command = "/bin/echo"
          args    = ["${NOMAD_GROUP_NAME} ${NOMAD_ALLOC_INDEX}"]
        }

        resources {
          cpu    = 20
          memory = 10
        }
      }
    }
  }
}
