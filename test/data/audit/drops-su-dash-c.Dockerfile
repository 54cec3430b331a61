FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec su app -c "server"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
