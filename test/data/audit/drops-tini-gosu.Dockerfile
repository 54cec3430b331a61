FROM debian:12
ENTRYPOINT ["/sbin/tini","-g","--","su-exec","app"]
CMD ["server"]
