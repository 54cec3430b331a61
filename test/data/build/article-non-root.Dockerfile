FROM build-base
RUN echo 'demo-group:x:950:' >>/etc/group && echo 'demo-user:x:950:950::/:/bin/sh' >>/etc/passwd
WORKDIR /app
COPY --chown=demo-user:demo-group bin/run.sh .
RUN chown -R 950:950 /app
EXPOSE 8080
USER demo-user:demo-group
CMD ["/app/run.sh"]
