a = "%{if true}x%{else}y%{endif}"
b = "%{~ for k, v in { a = 1 } ~} ${k}=${v} %{~ endfor ~}"
c = "${ [for x in [1]: "${x}"][0] }"
