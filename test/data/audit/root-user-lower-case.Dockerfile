from debian:12
user root
