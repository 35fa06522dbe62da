using Countersign.Server.Hosting;

return await CommandLine.RunAsync(args);
