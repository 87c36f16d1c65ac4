a {
  dynamic "b" {
    for_each = { x = [1] }
    labels = ["l"]
    content {
      dynamic "c" {
        for_each = b.value
        content { d = "${b.key}${c.value}" }
      }
    }
  }
}
