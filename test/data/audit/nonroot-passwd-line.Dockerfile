FROM scratch
RUN echo "app:x:10001:10001::/:/bin/sh" >> /etc/passwd
USER app
