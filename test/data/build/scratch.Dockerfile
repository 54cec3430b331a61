FROM scratch
COPY tree /
COPY --chown=5:6 a.txt /etc/a
ENV X=1
USER 5
CMD ["/none"]
