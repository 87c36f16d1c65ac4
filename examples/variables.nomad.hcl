# Variables, locals, functions and for-expressions: the file is a small program. Try
#   drover job run -var=greeting=Salut examples/variables.nomad.hcl
variable "greeting" {
  type        = string
  default     = "Hello"
  description = "The first word of every line."
}

variable "names" {
  type    = list(string)
  default = ["ada", "grace", "barbara"]
}

locals {
  lines = [for name in var.names : "${var.greeting}, ${upper(name)}!"]
}

job "variables" {
  type = "batch"

  group "greet" {
    task "print" {
      driver = "raw_exec"

      env {
        TEXT = join("\n", local.lines)
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "echo \"$TEXT\""]
      }
    }
  }
}
