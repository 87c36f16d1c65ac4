variable "l" {
  type = list(object({ a = number }))
  default = [{ a = "1" }]
}
variables { x = ["a"] }
locals {
  a = local["b"]
  b = var.l[0].a
}
job "v" {
  meta { a = local.a }
}
