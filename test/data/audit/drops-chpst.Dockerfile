FROM debian:12
COPY <<"EOF" /entrypoint.sh
#!/bin/sh
exec chpst -u app:app server
EOF
ENTRYPOINT ["/entrypoint.sh"]
CMD ["server"]
