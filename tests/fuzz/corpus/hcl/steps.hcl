a = l[*].x[0]
b = l.*.x.0
c = m["k"].y[i + 1]
d = null[*]
e = f(a...).b
f = "s"[*]
