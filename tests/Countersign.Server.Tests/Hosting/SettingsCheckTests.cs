using Countersign.Server.Hosting;
using Microsoft.Extensions.Configuration;

namespace Countersign.Server.Tests.Hosting;

public sealed class SettingsCheckTests
{
    [Fact]
    public void What_is_known_passes_in_any_case_and_spelling()
    {
        string[] args =
        [
            "--urls", "http://localhost:8080;https://[::1]:8443", "--Countersign:DataDirectory=./x", "Countersign:Storage=sqlite", "--countersign:sandbox:enabled", "FALSE",
            "--Countersign:Proxies:0", "10.0.0.0/8", "--Logging:LogLevel:Default", "Trace", "--Kestrel:Certificates:Default:Path", "x", "--environment", "Development",
            "--OTEL_SERVICE_NAME", "x", "--contentRoot", ".",
        ];

        Assert.Empty(Problems(args));
    }

    [Theory]
    [InlineData("--Countersign:Datadirectori x", "There is no setting Countersign:Datadirectori. Did you mean Countersign:DataDirectory?")]
    [InlineData("--Countersign:AccountSid x", "There is no setting Countersign:AccountSid. Did you mean Countersign:Bootstrap:AccountSid?")]
    [InlineData("--Countersign:Sandbox:Capacity:More 1", "There is no setting Countersign:Sandbox:Capacity:More.")]
    [InlineData("--Countersign:Sandbox off", "Countersign:Sandbox is a group of settings, such as Countersign:Sandbox:Enabled.")]
    [InlineData("--Countersign:Proxies 10.0.0.1", "Countersign:Proxies is a list: set Countersign:Proxies:0")]
    [InlineData("--Countersign:Sandbox:Capacity many", "Countersign:Sandbox:Capacity must be a whole number, and is many.")]
    [InlineData("--countersign:sandbox:enabled on", "Countersign:Sandbox:Enabled must be true or false, and is on.")]
    [InlineData("--Countersing:DataDirectory x", "There is no option --Countersing:DataDirectory. Did you mean --Countersign:DataDirectory?")]
    [InlineData("--prot 80", "There is no option --prot.")]
    [InlineData("--something-else x", "There is no option --something-else. All settings")]
    [InlineData("-u x", "The argument -u means nothing here.")]
    [InlineData("serve", "The argument serve means nothing here.")]
    [InlineData("--urls", "--urls needs a value.")]
    [InlineData("--urls --Countersign:DataDirectory x", "--urls needs a value.")]
    [InlineData("--urls ftp://localhost:21", "--urls has ftp://localhost:21, which begins with neither http:// nor https://.")]
    [InlineData("--urls http://localhost:99999", "--urls has http://localhost:99999, whose port")]
    [InlineData("--urls http://localhost:eighty", "--urls has http://localhost:eighty, whose port is not a number.")]
    [InlineData("--urls http://localhost:8080/api", "--urls has http://localhost:8080/api, which has a path")]
    [InlineData("--urls http://localhost:8080;8081", "--urls has 8081, which does not begin with http://")]
    public void What_nobody_would_read_is_named(string line, string said) =>
        Assert.Contains(Problems(line.Split(' ')), problem => problem.StartsWith(said, StringComparison.Ordinal));

    [Theory]
    [InlineData("Countersing:DataDirectory", "There is no setting Countersing:DataDirectory. Did you mean Countersign:DataDirectory?")]
    [InlineData("COUNTERSIGN_DATADIRECTORY", "COUNTERSIGN_DATADIRECTORY sets nothing: in the environment a setting has two underscores for each colon, Countersign__DataDirectory.")]
    [InlineData("Countersign:DataDir", "There is no setting Countersign:DataDir. Did you mean Countersign:DataDirectory?")]
    [InlineData("Countersign:Tunnel:Depth", "There is no setting Countersign:Tunnel. All settings: ")]
    [InlineData("Logging:Console:FormatterName", "Logging:Console:FormatterName must be one of simple, json, systemd, and is 1.")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https address, such as http://localhost:4317.")]
    [InlineData("Countersign:Sandbox:Capactiy", "There is no setting Countersign:Sandbox:Capactiy. Did you mean Countersign:Sandbox:Capacity?")]
    public void So_is_what_comes_from_the_environment_or_a_file(string key, string said) =>
        Assert.Contains(Problems([], (key, "1")), problem => problem.StartsWith(said, StringComparison.Ordinal));

    [Theory]
    [InlineData("http/json", null, "OTEL_EXPORTER_OTLP_PROTOCOL must be one of grpc, http/protobuf, and is http/json.")]
    [InlineData("grpc", "xml", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL must be one of grpc, http/protobuf, and is xml.")]
    [InlineData("http/json", "http/protobuf", null)]
    [InlineData("grpc ", null, null)]
    public void A_protocol_that_would_be_passed_over_is_named_where_something_is_pushed_by_it(string protocol, string? ofMetrics, string? said)
    {
        (string, string)[] settings = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), .. ofMetrics is null ? [] : new[] { ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", ofMetrics) }];

        Assert.Equal(said is null ? [] : [said], Problems([], [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317"), .. settings]));
        Assert.Empty(Problems([], settings));
    }

    [Theory]
    [InlineData("PATH")]
    [InlineData("COUNTERSIGN_SERVER_DLL")]
    [InlineData("Conversion:Rate")]
    [InlineData("AllowedHosts")]
    [InlineData("OTEL_SERVICE_NAME")]
    public void What_belongs_to_others_passes(string key) => Assert.Empty(Problems([], (key, "1")));

    static IReadOnlyList<string> Problems(string[] args, params (string Key, string Value)[] settings) => SettingsCheck.Problems(args, new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
        .AddCommandLine([.. args.Where(argument => argument != "-u")])
        .Build());
}
