FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec sudo -u app server
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
