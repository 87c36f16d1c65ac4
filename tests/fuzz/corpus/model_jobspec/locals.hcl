locals {
  c = local.b
  b = length(keys(local)) + local.a
  a = length(keys(local))
}
locals {
  d = local["c"]
  e = local.e
  c = 1
}
job "j" {
  meta {
    a = local.d
    b = "2"
  }
  task "t" {
    driver = "raw_exec"
    config {
      command = "true"
      c { d = 1 }
    }
  }
}
