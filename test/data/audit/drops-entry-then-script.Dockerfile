FROM debian:12
COPY <<EOF /a.sh
#!/bin/sh
exec /b.sh "$@"
EOF
COPY <<EOF /b.sh
#!/bin/sh
exec gosu app server
EOF
ENTRYPOINT ["/a.sh"]
CMD ["/b.sh"]
