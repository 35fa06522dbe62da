using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class ReferencePageTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Examples_are_our_own_and_give_curl_the_credentials_to_encode()
    {
        var page = (await server.Api.GetAsync("/admin/reference")).AssertStatus(200).Body;
        var script = (await server.Api.GetAsync("/admin/reference/app.js")).AssertStatus(200).Body;

        Assert.Contains("""<script type="module" src="reference/app.js">""", page, StringComparison.Ordinal);
        Assert.Contains("""-u "$ACCOUNT_SID:$AUTH_TOKEN" """.TrimEnd(), script, StringComparison.Ordinal);
        Assert.Contains("hiddenClients: true", script, StringComparison.Ordinal);
    }
}
