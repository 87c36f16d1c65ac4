job "v" {
 group "g" {
  volume "d" {
   type = "csi"
   source = "s"
   access_mode = "single-node-writer"
   attachment_mode = "file-system"
   mount_options { fs_type = "ext4" }
  }
  task "t" {
   driver = "exec"
   volume_mount {
    volume = "d"
    destination = "/d"
   }
   csi_plugin {
    id = "p"
    type = "node"
   }
  }
 }
}
