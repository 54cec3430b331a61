FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec s6-setuidgid app server
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
