job "c" {
 group "g" {
  network { mode = "bridge" }
  service {
   name = "s"
   port = "80"
   connect {
    sidecar_service {
     proxy {
      upstreams {
       destination_name = "d"
       local_bind_port = 1
      }
      expose {
       path {
        path = "/"
        listener_port = "e"
       }
      }
     }
    }
    sidecar_task {
     resources { cpu = 1 }
    }
   }
  }
  task "t" { driver = "docker" }
 }
}
