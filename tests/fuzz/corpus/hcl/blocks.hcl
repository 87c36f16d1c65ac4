# comment
type = "x" // more
job "j" {
  dynamic "group" {
    for_each = ["a", "b"]
    iterator = it
    labels   = [it.value]
    content {
      b { c = it.key }
    }
  }
  /* block */ group unquoted {}
}
