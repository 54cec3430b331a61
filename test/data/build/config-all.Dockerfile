FROM build-base
LABEL a=1 "b c"="d e"
LABEL a=2
EXPOSE 80 443/tcp 53/udp
VOLUME /data ["/more"]
VOLUME ["/json", "/json2"]
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5m --timeout=3s --retries=2 CMD test -e /ok || exit 1
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo hi"]
USER 1000:1000
