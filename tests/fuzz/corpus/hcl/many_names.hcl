job "j" {
  a=1 # one
  bb = 2
  c = 3 // three
  d = [
    1, # in a list
  ]
  e = { x = 1, yy = 2 } # four
  f = 6
  g = 7
  h = 8
  i = 9
  j = 10
  k = 11
  l = 12
  m = 13
  n = regex_replace("abab\nab", "(a)(b?)|^$", "$2${1}x")
  o = regex_replace("abc", "b", "x") /* five */
  b {}
  a = 14
}
