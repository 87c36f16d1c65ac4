job "g" {
 group "g" {
  network { mode = "bridge" }
  service {
   name = "s"
   connect {
    gateway {
     ingress {
      listener {
       port = 1
       protocol = "tcp"
       service { name = "x" }
      }
     }
    }
   }
  }
 }
}
