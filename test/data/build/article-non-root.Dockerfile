FROM build-base
RUN addgroup -g 950 demo-group && adduser -D -H -u 950 -G demo-group demo-user
WORKDIR /app
COPY --chown=demo-user:demo-group bin/run.sh .
RUN chown -R 950:950 /app
EXPOSE 8080
USER demo-user:demo-group
CMD ["/app/run.sh"]
