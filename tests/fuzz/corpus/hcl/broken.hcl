a = [1, 2
b = {
  c = "${x
}
job "j {
  d = 1 +
}
