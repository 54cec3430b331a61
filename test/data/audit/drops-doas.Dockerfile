FROM alpine:3.20
ENTRYPOINT ["doas", "-u", "app", "server"]
