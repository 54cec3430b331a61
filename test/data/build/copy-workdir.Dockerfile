FROM build-base
WORKDIR /w/x
COPY a.txt .
COPY tree/sub/two ../up
COPY b.txt ./
