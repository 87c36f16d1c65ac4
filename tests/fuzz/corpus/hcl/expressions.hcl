a = [for i, x in ["p", "q"] : "${i}-${x}" if x != "z"]
b = { for k, v in { m = 1 } : upper(k) => v... }
c = "%{ if true ~} yes %{ else }no%{ endif }$${x} ${attr.x}"
d = <<-EOT
    text ${1 + 2 * -3}
      %{ for x in [1] }${x}%{ endfor }
  EOT
e = true ? max([1, 2, 3]...) : null
f = local.list.*.id[0].x["y"][1 + 1]
g = ((((1)))) == !false && 1 < 2 || 3 % 0 >= 1e10
h = jsonencode(yamldecode("a: [1, &x {b: c}, *x]"))
