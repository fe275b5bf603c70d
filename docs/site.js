// A large picture is read at its own size, one click away.
for (const picture of document.querySelectorAll("article img")) {
  const link = document.createElement("a");
  link.href = picture.src;
  link.title = "at its own size";
  picture.replaceWith(link);
  link.append(picture);
}
