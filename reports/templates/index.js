document.getElementById("find").addEventListener("input", function (event) {
  var asked = event.target.value.trim().toLowerCase();
  document.querySelectorAll("#regions tbody tr").forEach(function (row) {
    row.hidden = asked !== "" && row.dataset.find.indexOf(asked) < 0;
  });
});
