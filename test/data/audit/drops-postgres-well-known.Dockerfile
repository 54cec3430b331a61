FROM postgres:16
ENV X=1
