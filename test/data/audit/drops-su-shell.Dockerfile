FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec su -s /bin/sh app -c "exec server"
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
