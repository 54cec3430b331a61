#differs: / mode: the root of an image from nothing is 0555 for podman, 0755 for docker
FROM scratch
COPY tree /
COPY --chown=5:6 a.txt /etc/a
ENV X=1
USER 5
CMD ["/none"]
