variable "n" {
  type    = number
  default = 2
  validation {
    condition     = var.n > 0
    error_message = "Positive."
  }
}
locals { ports = { http = 8080, admin = 9090 } }
job "web" {
  datacenters = ["dc*"]
  meta        = { owner = "team" }
  update { max_parallel = 1 }
  constraint {
    attribute = "${attr.kernel.name}"
    version   = ">= 1"
  }
  group "api" {
    count = var.n
    network {
      dynamic "port" {
        for_each = local.ports
        labels   = [port.key]
        content { to = port.value }
      }
    }
    scaling {
      max = 5
      policy {
        check "cpu" {
          strategy "x" { target = 0.5 }
        }
      }
    }
    service {
      provider = "nomad"
      port     = "http"
      check {
        type     = "http"
        path     = "/"
        interval = "5s"
        timeout  = "1s"
        header { A = ["b"] }
      }
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["${NOMAD_PORT_http}", 1.5, null]
      }
      env { A = upper("b") }
      template {
        data = <<-EOT
          x {{ key "y" }}
        EOT
        destination = "local/x"
      }
      scaling "cpu" { max = 100 }
    }
  }
}
