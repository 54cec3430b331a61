FROM debian:12
CMD ["sh","-c","chown -R app /data && exec su-exec app server"]
