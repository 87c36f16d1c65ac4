a = <<-E
  x
  E
b { c { d = [1, -2.5e3, true,] } }
