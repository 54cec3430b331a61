FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec chroot --userspec=1000:1000 / server
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
