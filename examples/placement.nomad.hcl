# Where a job may run and where it would like to: a constraint must hold, an affinity counts, a spread shares out.
job "placement" {
  type        = "batch"
  datacenters = ["dc*"]

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  affinity {
    attribute = "${meta.ssd}"
    value     = "true"
    weight    = 75
  }

  group "spread" {
    count = 4

    spread {
      attribute = "${node.datacenter}"
    }

    task "where" {
      driver = "raw_exec"

      config {
        command = "/bin/echo"
        args    = ["I am on ${node.unique.name} in ${node.datacenter}, which runs ${attr.kernel.name}"]
      }

      resources {
        cpu    = 20
        memory = 10
      }
    }
  }
}
