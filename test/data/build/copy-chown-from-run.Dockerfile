FROM build-base
RUN echo 'demo-user:x:950:950::/home/demo-user:/bin/sh' >>/etc/passwd && echo 'demo-group:x:951:' >>/etc/group
COPY --chown=demo-user:demo-group tree /tree
USER demo-user:demo-group
RUN id >/tmp/id
