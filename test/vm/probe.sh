cat /sys/fs/cgroup/cgroup.subtree_control; systemd-analyze; free -m; mount | grep -E 'cgroup|/dev/vd'; systemctl list-units --failed; ps ax | wc -l; /work/build/bin/unroot-runtime --version; docker --version; podman --version; crun --version | head -1; runc --version | head -1; containerd --version; systemctl list-units --type=service --no-pager | cat; systemd-analyze blame | head
exit 0
