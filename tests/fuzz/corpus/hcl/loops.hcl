a = [for x in y : x if x != null]
b = { for k, v in y : k => v... }
c = [for a in [1] : [for b in [a] : { (b) = a }]]
