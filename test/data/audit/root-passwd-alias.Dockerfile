FROM scratch
RUN echo "toor:x:0:0::/root:/bin/sh" >> /etc/passwd
USER toor
