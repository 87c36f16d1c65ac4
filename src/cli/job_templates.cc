#include "cli/job_templates.h"

namespace drover::cli {

const std::string_view kCommentedJob =
    R"(# A job: what is to run, how many of it, where, and what happens when it ends or changes. Change this file to your needs, then
#   drover job plan FILE    shows what would happen
#   drover job run FILE     makes it happen

# A value that the command line may set: -var=greeting=Hi, or NOMAD_VAR_greeting in the environment.
variable "greeting" {
  type    = string
  default = "Hello"
}

job "example" {
  # service: runs until it is stopped; batch: runs until it ends; system: once on every node; sysbatch: both.
  type = "service"

  # Which data centres may run it; * stands for any text.
  datacenters = ["*"]

  # Free text about the job. Tasks see it as NOMAD_META_owner.
  meta {
    owner = "me"
  }

  # A node must agree with every constraint. An affinity, written the same way, is a mere wish with a weight.
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  # How a new version replaces the old one.
  update {
    # So many instances at once.
    max_parallel = 1

    # An instance counts as healthy after it has run for this long.
    min_healthy_time = "10s"
    healthy_deadline = "3m"

    # When the new version does not become healthy, the last good one comes back.
    auto_revert = true
  }

  # Tasks of a group run together on one node. The group is what is counted and placed.
  group "web" {
    count = 1

    # A port that the node chooses; `static = 8080` would ask for a certain one.
    network {
      port "http" {}
    }

    # Others find the group by this name and ask it whether it is well. With provider = "consul" they find it in Consul.
    service {
      name     = "example"
      port     = "http"
      provider = "nomad"

      check {
        type     = "http"
        path     = "/"
        interval = "10s"
        timeout  = "2s"
      }
    }

    # A task that ends is started again on its node: at most twice in half an hour, then the instance has failed.
    restart {
      attempts = 2
      interval = "30m"
      delay    = "15s"
      mode     = "fail"
    }

    # The time between taking the service off the lists and stopping its tasks.
    shutdown_delay = "5s"

    # Room for what the tasks write; with sticky = true a replacement begins with what its predecessor left.
    ephemeral_disk {
      size = 300
    }

    task "server" {
      # What runs the task: docker, exec, raw_exec, java, qemu, or what else the nodes offer.
      driver = "docker"

      # What the driver wants to know.
      config {
        image   = "busybox:1"
        command = "httpd"
        args    = ["-f", "-p", "${NOMAD_PORT_http}", "-h", "/local"]
        ports   = ["http"]
      }

      # Variables in the environment of the task.
      env {
        TZ = "UTC"
      }

      # A file that is made before the task starts.
      template {
        destination = "local/index.html"
        data        = <<-EOF
          <h1>${var.greeting} from ${NOMAD_ALLOC_ID}</h1>
        EOF
      }

      # MHz and MB that are set aside for the task.
      resources {
        cpu    = 100
        memory = 64
      }

      # So much of its output is kept.
      logs {
        max_files     = 3
        max_file_size = 10
      }

      # The time between the signal to end and the end.
      kill_timeout = "10s"
    }
  }
}
)";

const std::string_view kShortJob = R"(job "example" {
  group "web" {
    network {
      port "http" {}
    }

    task "server" {
      driver = "docker"

      config {
        image   = "busybox:1"
        command = "httpd"
        args    = ["-f", "-p", "${NOMAD_PORT_http}"]
        ports   = ["http"]
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
)";

const std::string_view kCommentedConnectJob =
    R"(# Two groups that talk through Consul's service mesh: the api listens on no port of its node, and only the proxy beside
# the web group can reach it.
job "mesh" {
  datacenters = ["*"]

  group "api" {
    # The time between taking the service off the lists and stopping its tasks.
    shutdown_delay = "5s"

    # The network of a group in bridge mode is its own: what listens there is seen by its tasks only.
    network {
      mode = "bridge"
    }

    # The proxy takes the calls for this service and hands them to port 7070 within the group.
    service {
      name = "mesh-api"
      port = "7070"

      connect {
        sidecar_service {}
      }
    }

    task "api" {
      driver = "docker"

      config {
        image   = "busybox:1"
        command = "httpd"
        args    = ["-f", "-p", "7070", "-h", "/local"]
      }

      template {
        destination = "local/index.html"
        data        = "the api speaks\n"
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }

  group "web" {
    shutdown_delay = "5s"

    network {
      mode = "bridge"

      # This one is reached from outside: port 7080 of the node leads to 7080 of the group.
      port "http" {
        static = 7080
        to     = 7080
      }
    }

    service {
      name = "mesh-web"
      port = "http"

      connect {
        sidecar_service {
          proxy {
            # The api answers at localhost:5000 of this group.
            upstreams {
              destination_name = "mesh-api"
              local_bind_port  = 5000
            }
          }
        }
      }
    }

    task "web" {
      driver = "docker"

      # The address of an upstream is in the environment too.
      env {
        API = "http://${NOMAD_UPSTREAM_ADDR_mesh_api}"
      }

      config {
        image   = "busybox:1"
        command = "/bin/sh"
        args    = ["-c", "while true; do wget -q -O /local/index.html \"$API\"; sleep 5; done & exec httpd -f -p 7080 -h /local"]
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
)";

const std::string_view kShortConnectJob = R"(job "mesh" {
  group "api" {
    shutdown_delay = "5s"

    network {
      mode = "bridge"
    }

    service {
      name = "mesh-api"
      port = "9001"

      connect {
        sidecar_service {}
      }
    }

    task "api" {
      driver = "docker"

      config {
        image   = "busybox:1"
        command = "httpd"
        args    = ["-f", "-p", "9001"]
      }
    }
  }

  group "web" {
    shutdown_delay = "5s"

    network {
      mode = "bridge"

      port "http" {
        static = 9002
        to     = 9002
      }
    }

    service {
      name = "mesh-web"
      port = "http"

      connect {
        sidecar_service {
          proxy {
            upstreams {
              destination_name = "mesh-api"
              local_bind_port  = 8080
            }
          }
        }
      }
    }

    task "web" {
      driver = "docker"

      config {
        image   = "busybox:1"
        command = "httpd"
        args    = ["-f", "-p", "9002"]
      }
    }
  }
}
)";

}  // namespace drover::cli
