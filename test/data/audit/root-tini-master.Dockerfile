FROM debian:12
ENTRYPOINT ["/usr/bin/tini","--"]
CMD ["/usr/sbin/nginx"]
