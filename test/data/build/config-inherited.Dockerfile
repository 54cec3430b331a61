FROM build-base AS first
ENV A=1
LABEL one=1
ENTRYPOINT ["/bin/true"]
CMD ["x"]
USER app
WORKDIR /home/app
FROM first
ENTRYPOINT ["/bin/echo"]
LABEL two=2
