using Countersign.Server.Api;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class DotSegmentTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("/a/..", true)]
    [InlineData("/a/../b", true)]
    [InlineData("/./a", true)]
    [InlineData("/a/%2e%2E", true)]
    [InlineData("/a/.%2e/b?c", true)]
    [InlineData("/a/...", false)]
    [InlineData("/a/..b", false)]
    [InlineData("/.well-known/a", false)]
    [InlineData("/a/%2f..", false)]
    [InlineData("/a/b?c=/../d", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    public void One_or_two_dots_between_slashes_are_told_from_names_with_dots(string target, bool has) => Assert.Equal(has, DotSegments.Has(target));

    [Theory]
    [InlineData("..")]
    [InlineData("%2e%2e")]
    [InlineData("somebody/Factors/..")]
    public async Task A_persons_name_that_is_a_way_up_deletes_nothing(string identity)
    {
        var service = await server.NewServiceAsync();

        (await server.Api.DeleteAsync($"{service}/Entities/{identity}")).AssertError(400, 60200, "dot_segment");

        (await server.Api.GetAsync(service)).AssertStatus(200);
    }

    /// <summary>As clients leave it that take the dots out themselves, those of Twilio's SDKs among them.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("/Entities/somebody-1")]
    public async Task What_a_client_left_of_it_deletes_nothing_either(string path)
    {
        var service = await server.NewServiceAsync();
        (await server.Api.PostAsync(service + "/Entities", ("Identity", "somebody-1"))).AssertStatus(201);

        (await server.Api.DeleteAsync($"{service}{path}/")).AssertError(400, 60200, "empty_segment");
        (await server.Api.PostAsync($"{service}{path}/?a=b", ("FriendlyName", "x"))).AssertError(400, 60200, "empty_segment");

        (await server.Api.GetAsync(service + "/Entities/somebody-1")).AssertStatus(200);
    }
}
