// A push service for tests (npm web-push-testing), on loopback and a free port: says `ready <port>` when it listens.
const Server = require("web-push-testing/src/server.js");
const { PushApiModel } = require("web-push-testing/src/PushApiModel.js");

const model = new PushApiModel();
const service = new Server(model, 0);
service.setRequestHandlers();
const listening = service._app.listen(0, "127.0.0.1", () => {
  const { port } = listening.address();
  model.notifyUrl = `http://127.0.0.1:${port}/notify/`;
  console.log(`ready ${port}`);
});
